"""The operations on the stored data: one module for each noun or task. No SQL dialects, no output."""
