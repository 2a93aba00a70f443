"""A local Graph/Marketing API whose world is the simulator: unmodified clients talk to it over HTTP."""
