"""What the `evalfirst` command does in a project: run an eval, decide at a gate, begin anew."""
