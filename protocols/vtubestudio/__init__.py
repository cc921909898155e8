"""VTube Studio's API: messages, parameters, our session, and a host for tests and `listen`."""
