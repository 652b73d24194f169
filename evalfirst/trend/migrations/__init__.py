"""How the tables of a store came to be, revision by revision."""
