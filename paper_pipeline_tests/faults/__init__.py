"""What is done to a whole pipeline from outside, and takes long: run by `make faults`."""
