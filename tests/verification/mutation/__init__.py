"""Do the unit tests of the domain and the ledger notice when the code does something else?"""
