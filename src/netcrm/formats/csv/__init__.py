"""Read the CSV of LinkedIn, Google, Outlook and others, and write tables. Matching with contacts is not done here."""
