"""OSC packets, the `osc` dialect of blendshapes, and OSCQuery."""
