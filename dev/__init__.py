"""The whole system on one machine: servers, simulators, the story."""
