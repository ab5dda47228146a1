"""What plug-in authors test with: a conformance suite, a loopback server, factories, and a worked example."""
