"""VRChat and Resonite: avatar parameters by OSC."""
