"""Rules as data: the playbook model, its TOML syntax, its examples, the built-in files. Nothing about applying them."""
