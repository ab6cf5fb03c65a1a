"""TTML and its profiles: IMSC, TTML 1, EBU-TT-D, iTT; one reader, a writer for each."""
