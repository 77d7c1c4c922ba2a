"""Files that people send: checked before they are kept, and given out to those alone who may see them."""
