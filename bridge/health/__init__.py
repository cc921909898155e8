"""How the bridge is: told by HTTP to whoever on this machine asks."""
