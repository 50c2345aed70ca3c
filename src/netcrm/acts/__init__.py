"""What can be done to the facts: one module a noun, free functions over a `Writing` or a `Session`.

They validate, find and write; they neither open a database nor decide what today is.
`netcrm.crm.Crm` does both, and calls them.
"""
