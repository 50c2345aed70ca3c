"""What can be done with the data: one module a noun or task, over a unit of work. No dialects of SQL, no output."""
