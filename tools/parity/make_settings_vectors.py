#!/usr/bin/env python3
"""Makes tests/data/tokenizer/settings.json: what the reference stack makes of the files beside a tokenizer.

  python3.11 -m venv venv && venv/bin/pip install -r tools/parity/requirements-tokenizer.txt
  venv/bin/python tools/parity/make_settings_vectors.py

Each case is a folder: one of five small tokenizers and a tokenizer_config.json, in some a
special_tokens_map.json and an added_tokens.json or a config.json too. The file holds the folders, and for each of them
the ids of the texts and the texts of the ids (null: some are no ids of the tokenizer).
"""
import json
import os
import platform
import tempfile
from importlib.metadata import version
from pathlib import Path

os.environ["TRANSFORMERS_VERBOSITY"] = "error"
from transformers import AutoTokenizer  # noqa: E402
from transformers.models.auto.tokenization_auto import TOKENIZER_MAPPING_NAMES  # noqa: E402

DATA = Path(__file__).resolve().parents[2] / "tests/data/tokenizer"
PINNED = {"tokenizers": "0.20.3", "transformers": "4.46.2"}
TEXTS = ["ab", "a <m> x", "a<end>b", "a <t> b<t>c", "<s>a</s>", "x <new> y", "he",
         "<unk> a <pad>", "<|endoftext|>b<bos> <eos>"]
IDS = [[97, 256, 98], [97, 257, 98], [97, 258, 98], [97, 259, 98]]


def spell(byte):
    """The character of GPT-2's alphabet."""
    if byte <= 0x20:
        return chr(0x100 + byte)
    if 0x7F <= byte <= 0xA0:
        return chr(0x121 + byte - 0x7F)
    return chr(0x143 if byte == 0xAD else byte)


def added(content, token_id, special):
    return {"id": token_id, "content": content, "single_word": False, "lstrip": False, "rstrip": False,
            "normalized": not special, "special": special}


def tokenizer(model_token, added_tokens, post_processor):
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    vocab = {spell(byte): byte for byte in range(256)} | {"he": 256} | model_token
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": added_tokens, "normalizer": None,
            "pre_tokenizer": byte_level, "post_processor": post_processor, "decoder": byte_level,
            "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
                      "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
                      "vocab": vocab, "merges": ["h e"]}}


BOS = {"type": "TemplateProcessing",
       "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
       "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
       "special_tokens": {"<s>": {"id": "<s>", "ids": [257], "tokens": ["<s>"]}}}
TOKENIZERS = {"named": tokenizer({"<end>": 257}, [added("<t>", 258, False)], None),
              "framed": tokenizer({}, [added("<s>", 257, True), added("</s>", 258, True)], BOS),
              "defaults": tokenizer({"<|endoftext|>": 257}, [added("<unk>", 258, False), added("<pad>", 259, False)],
                                    None)}

PADDING = {"strategy": "BatchLongest", "direction": "Right", "pad_to_multiple_of": None, "pad_id": 259,
           "pad_type_id": 0}
TOKENIZERS |= {"padded": TOKENIZERS["defaults"] | {"padding": PADDING | {"pad_token": "<pad>"}},
               "padded anew": TOKENIZERS["defaults"] | {"padding": PADDING | {"pad_token": "<new>"}}}


def token(content, **flags):
    return {"__type": "AddedToken", "content": content, "lstrip": False, "rstrip": False, "single_word": False,
            "normalized": False} | flags


CONFIGS = [{"eos_token": "<end>"}, {"eos_token": "<t>"}, {"additional_special_tokens": ["<t>", "<end>"]},
           {"added_tokens_decoder": {}, "pad_token": "<t>"}, {"pad_token": "<end>"}, {"pad_token": token("<m>", lstrip=True)},
           {"additional_special_tokens": [token("<t>", rstrip=True, normalized=True)]},
           {"mask_token": token("<t>", lstrip=True)},
           {"added_tokens_decoder": {"258": token("<t>", rstrip=True, normalized=True, special=False)}, "pad_token": "<t>"},
           {"added_tokens_decoder": {"257": token("<end>", special=True)}, "eos_token": "<end>"},
           {"bos_token": "<new>"}, {"unk_token": "<t>", "bos_token": "<end>"}]
MAPS = [None, {"pad_token": "<t>"}, {"eos_token": "<end>"},
        {"pad_token": {"content": "<t>", "lstrip": True, "normalized": True, "rstrip": False, "single_word": False}},
        {"additional_special_tokens": ["<t>", "<m>"]}]
ADDED = [None, {"<new>": 259}, {"<t>": 258, "<new>": 259}]
UNNAMED = [{}, {"unk_token": None}, {"pad_token": "<unk>"}, {"eos_token": "<pad>", "bos_token": None, "add_bos_token": False},
           {"added_tokens_decoder": {}}, {"added_tokens_decoder": {}, "unk_token": None, "pad_token": "<pad>"},
           {"added_tokens_decoder": {"258": token("<unk>", normalized=True, special=False)}}]
CLASSES = ["LlamaTokenizerFast", "LlamaTokenizer", "GPT2TokenizerFast", "GemmaTokenizerFast",
           "CohereTokenizerFast", "GPTNeoXTokenizerFast", "Qwen2TokenizerFast", "PreTrainedTokenizerFast",
           "BloomTokenizerFast", "CodeGenTokenizerFast"]
FRAMES = [{}, {"add_bos_token": False}, {"add_eos_token": True}, {"add_bos_token": True, "add_eos_token": True},
          {"add_bos_token": False, "add_eos_token": True}]


def cases():
    for config in CONFIGS:
        for special in MAPS:
            for more in ADDED:
                # Left out: transformers 4.46.2 files the token of added_tokens.json under the text that its
                # loop over the map's last member left in a variable.
                if more and special == MAPS[4] and config == CONFIGS[5]:
                    continue
                files = {"tokenizer_config.json": {"tokenizer_class": "PreTrainedTokenizerFast"} | config}
                if special is not None:
                    files["special_tokens_map.json"] = special
                if more is not None:
                    files["added_tokens.json"] = more
                yield "named", files
    for name in CLASSES:
        for frame in FRAMES:
            if name == "CodeGenTokenizerFast" and frame.get("add_bos_token"):
                continue  # transformers refuses it
            yield "framed", {"tokenizer_config.json": {"tokenizer_class": name, "bos_token": "<s>", "eos_token": "</s>",
                                                       "unk_token": None, "pad_token": None} | frame}
        for config in UNNAMED:
            # Left out: a token that the class calls not normalized and the tokenizer normalized, which
            # Assay refuses.
            if name == "Qwen2TokenizerFast" and config.get("pad_token") == "<pad>":
                continue
            # Left out: a named end token that is in no vocabulary and an id that is another token's,
            # both of which Assay refuses.
            for kind in ["defaults"] if "eos_token" in config or config.get("added_tokens_decoder") else TOKENIZERS:
                yield kind, {"tokenizer_config.json": {"tokenizer_class": name} | config}
            yield "defaults", {"tokenizer_config.json": {"tokenizer_class": name} | config,
                               "special_tokens_map.json": {"pad_token": "<pad>"}, "added_tokens.json": {"<eos>": 260}}
    for model, (slow, fast) in TOKENIZER_MAPPING_NAMES.items():
        if fast in CLASSES:
            yield "defaults", {"config.json": {"model_type": model}}
            yield "framed", {"tokenizer_config.json": {"add_eos_token": True}, "config.json": {"model_type": model}}
    yield "framed", {"config.json": {"model_type": "gpt2", "tokenizer_class": "LlamaTokenizer"}}
    yield "framed", {"tokenizer_config.json": {"tokenizer_class": "GPT2Tokenizer"}, "config.json": {"model_type": "llama"}}


def run(kind, files):
    with tempfile.TemporaryDirectory() as folder:
        for name, content in (files | {"tokenizer.json": TOKENIZERS[kind]}).items():
            (Path(folder) / name).write_text(json.dumps(content))
        loaded = AutoTokenizer.from_pretrained(folder)
        return {"tokenizer": kind, "files": files, "ids": [loaded(text)["input_ids"] for text in TEXTS],
                "texts": [loaded.decode(ids, skip_special_tokens=True) if max(ids) < len(loaded) else None
                          for ids in IDS]}


def main():
    versions = {name: version(name) for name in PINNED}
    assert versions == PINNED, versions
    made = [run(*case) for case in cases()]
    with open(DATA / "settings.json", "w") as out:
        json.dump({"made_by": versions | {"python": platform.python_version()}, "texts": TEXTS, "ids": IDS}, out)
        out.seek(out.tell() - 1)
        out.write(',\n"tokenizers": ' + json.dumps(TOKENIZERS) + ',\n"cases": [\n')
        out.write(",\n".join(json.dumps(case) for case in made) + "\n]}\n")
    print(len(made), "cases")


if __name__ == "__main__":
    main()
