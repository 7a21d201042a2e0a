"""The conformance kit: a virtual insole with known truth and every fault against one driver."""
