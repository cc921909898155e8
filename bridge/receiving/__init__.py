"""The receiving end, for `affect-bridge listen`: one file per transport."""
