"""VTube Studio's API: messages, parameters, a client session, and a host for tests and `listen`."""
