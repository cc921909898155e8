/* The work of one face at a steady rate, with nothing around it: an absolute sleep, a face looked up
 * in a table (four nodes along each of three axes), its weights written into the packets of VMC and
 * Live Link, and the packets sent.
 *
 *     floor FRAMES FPS VMC_PORT LIVE_LINK_PORT
 *
 * prints, in microseconds: the mean time that a frame takes, the mean of the processor's time for
 * it, and how late frames begin in the median and at 99 %.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { SIDE = 49, VARYING = 38, WEIGHTS = 52, VMC_PACKETS = 2, VMC_SIZE = 1300, LIVE_LINK_SIZE = 318 };

static int16_t *table;
static float weights[WEIGHTS];

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static int cell(double place, float share[4]) {
    double steps = (place * (1.4 - 0.4 * fabs(place)) + 1.0) * 23.0;
    int first = steps < 45 ? (int)steps : 45;
    float t = (float)(steps - first), t2 = t * t, t3 = t2 * t;
    share[0] = 0.5f * (2 * t2 - t - t3);
    share[1] = 1 - 2.5f * t2 + 1.5f * t3;
    share[2] = 0.5f * (t - 3 * t3) + 2 * t2;
    share[3] = 0.5f * (t3 - t2);
    return first;
}

static void look_up(const double point[3]) {
    float x[4], y[4], z[4], sum[VARYING] = {0};
    int i = cell(point[0], x), j = cell(point[1], y), k = cell(point[2], z);
    for (int a = 0; a < 4; a++)
        for (int b = 0; b < 4; b++)
            for (int c = 0; c < 4; c++) {
                float share = x[a] * y[b] * z[c] * 2e-5f;
                const int16_t *node = table + (((i + a) * SIDE + j + b) * SIDE + k + c) * VARYING;
                for (int n = 0; n < VARYING; n++) sum[n] += share * node[n];
            }
    for (int n = 0; n < VARYING; n++) weights[n] = sum[n] < 0 ? 0 : sum[n] > 1 ? 1 : sum[n];
}

static void patch(unsigned char *place, float value) {
    uint32_t bits;
    memcpy(&bits, &value, 4);
    bits = htonl(bits);
    memcpy(place, &bits, 4);
}

static int socket_to(int port) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int opened = socket(AF_INET, SOCK_DGRAM, 0);
    if (opened < 0 || connect(opened, (struct sockaddr *)&to, sizeof to)) exit(1);
    return opened;
}

static int ascending(const void *one, const void *other) {
    double a = *(const double *)one, b = *(const double *)other;
    return a < b ? -1 : a > b;
}

int main(int count, char **arguments) {
    if (count != 5) return 2;
    int frames = atoi(arguments[1]), fps = atoi(arguments[2]);
    int vmc = socket_to(atoi(arguments[3])), live_link = socket_to(atoi(arguments[4]));
    static unsigned char vmc_packets[VMC_PACKETS][VMC_SIZE], live_link_packet[LIVE_LINK_SIZE];
    size_t nodes = (size_t)SIDE * SIDE * SIDE * VARYING;
    table = malloc(nodes * sizeof *table);
    double *late = malloc(frames * sizeof *late);
    if (!table || !late) return 1;
    for (size_t n = 0; n < nodes; n++) table[n] = (int16_t)(n * 2654435761u >> 17);
    double busy = 0, start = now() + 0.05;
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    for (int frame = 0; frame < frames; frame++) {
        double due = start + (double)frame / fps;
        struct timespec until = {(time_t)due, (long)((due - (time_t)due) * 1e9)};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
        double began = now(), turn = frame / 40.0;
        late[frame] = began - due;
        double point[3] = {sin(turn), sin(1.3 * turn), sin(1.7 * turn)};
        look_up(point);
        for (int n = 0; n < WEIGHTS; n++) {
            patch(vmc_packets[n / 26] + 100 + n % 26 * 44, weights[n]);
            patch(live_link_packet + 70 + n * 4, weights[n]);
        }
        for (int n = 0; n < VMC_PACKETS; n++) send(vmc, vmc_packets[n], VMC_SIZE, MSG_DONTWAIT);
        send(live_link, live_link_packet, LIVE_LINK_SIZE, MSG_DONTWAIT);
        busy += now() - began;
    }
    getrusage(RUSAGE_SELF, &after);
    double cpu = after.ru_utime.tv_sec - before.ru_utime.tv_sec + after.ru_stime.tv_sec
        - before.ru_stime.tv_sec + 1e-6 * (after.ru_utime.tv_usec - before.ru_utime.tv_usec
        + after.ru_stime.tv_usec - before.ru_stime.tv_usec);
    qsort(late, frames, sizeof *late, ascending);
    printf("%.2f %.2f %.2f %.2f\n", 1e6 * busy / frames, 1e6 * cpu / frames,
           1e6 * late[frames / 2], 1e6 * late[frames * 99 / 100]);
    return 0;
}
