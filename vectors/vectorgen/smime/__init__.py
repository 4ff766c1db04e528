"""Makes the vectors of SMIME.md: draft.py a vector in the making, edits.py what is changed in a container, containers_*.py, entities.py and
messages.py which vectors there are. What a judge says is declared beside each of them, from the contract; the judge in `pskmime` is not asked."""
