"""The NATS client."""
