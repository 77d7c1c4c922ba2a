"""Partners and orders from files, as people really have them.

``reading`` turns a file into rows of text, ``mapping`` finds our columns among its own, ``checking`` says in words
what is wrong with a row, and ``loading_partners`` and ``loading_orders`` write the good ones in chunks.
"""
