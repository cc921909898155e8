"""The whole configuration: described, validated, and read from YAML or the command line."""
