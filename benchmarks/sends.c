/* Sends datagrams of SIZE bytes to a port of this machine, COUNT times FRAMES, and prints the
   microseconds of a core for each: what the sends alone cost a program without Python. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

int main(int argc, char **argv) {
    if (argc != 5) return 2;
    int port = atoi(argv[1]), size = atoi(argv[2]), count = atoi(argv[3]), frames = atoi(argv[4]);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    if (s < 0 || connect(s, (struct sockaddr *)&to, sizeof to) != 0) return 1;
    char *packets = calloc((size_t)count, (size_t)size);
    if (packets == NULL) return 1;
    double start = now();
    for (int f = 0; f < frames; f++)
        for (int i = 0; i < count; i++)
            (void)!send(s, packets + (size_t)i * size, (size_t)size, MSG_DONTWAIT);
    printf("%.4f\n", (now() - start) * 1e6 / ((double)count * frames));
    return 0;
}
