"""What helps with a step: links, files and films, in each language of the playbook."""
