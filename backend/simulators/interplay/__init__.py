"""The Interplay pair: two independently fine-tuned models, neither of which knows a target item.

Source: Interplay (arXiv 2603.18573). The paper publishes no code, schema or hyper-parameters;
script, models and checks are this project's own.
"""
