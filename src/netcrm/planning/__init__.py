"""From history, playbooks and answers to follow-ups. Pure: no database, file or clock."""
