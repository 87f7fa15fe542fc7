"""The checks: one module per topic, one function per experiment, each bound to the claims that it settles."""
