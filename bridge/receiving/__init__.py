"""The receiving end of each transport, one file each, for `affect-bridge listen`."""
