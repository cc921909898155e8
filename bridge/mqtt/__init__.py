"""The client for MQTT brokers."""
