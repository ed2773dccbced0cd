"""Automatic measures of realism: how well classifiers tell simulated from real speakers.

Two of the three ways of RecLLM (Friedman et al., arXiv 2305.07961, section 6): a trained
discriminator, and an ensemble of classifiers whose outputs on both sets are compared. The third,
the crowd's, is in `annotations`; what is found here is kept in the pool for it to be set beside.
"""
