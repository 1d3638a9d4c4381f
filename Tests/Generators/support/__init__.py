"""What makers and checks share: independent accounts of what Pare computes, written without it."""
