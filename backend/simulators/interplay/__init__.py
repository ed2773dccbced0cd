"""The Interplay pair on a pretrained language model: two LoRA adapters over one base.

Source: Interplay (arXiv 2603.18573). The paper publishes no code, schema or hyper-parameters;
script, adapters and checks are this project's own.
"""
