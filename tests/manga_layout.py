"""Layout of a public file: columns of manga-morphology-dl-DR15.fits and their formats."""

MORPHOLOGY_15 = {
    "INTID": "J",
    "MANGA-ID": "9A",
    "PLATEIFU": "11A",
    "OBJID": "K",
    "RA": "D",
    "DEC": "D",
    "Z": "D",
    "DUPL_GR": "J",
    "DUPL_N": "J",
    "DUPL_ID": "J",
    "TTYPE": "D",
    "FLAG_TT": "J",
    "P_S0": "D",
    "FLAG_S0": "J",
    "P_EDGE_ON": "D",
    "P_BAR_GZ2": "D",
    "P_BAR_N10": "D",
    "P_MERG": "D",
    "P_BULGE": "D",
    "P_CIGAR": "D",
}
