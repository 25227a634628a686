"""How far a peer's arithmetic is from float32: the mean KL divergence on the golden text.

The golden data has the 64 likeliest tokens of 128 positions, from transformers in float32 on the dequantized
weights; all other tokens count as one. llama-server gives log-probabilities of its likeliest tokens for one
position a request, and what it has computed stays in its cache, so 128 requests cost one pass over the text.
Tested by: peers_test.py
"""

import json
import math

# Of llama-server's tokens for a position; a golden token that is not among them counts as likely as the last.
CANDIDATES = 2000
COMMA = 11  # its id in Qwen's vocabulary


def kl_divergence(golden, got):
    """golden: {id: log p} of its likeliest; got: {id: log q}. The rest of both is one more token."""
    floor = min(got.values())
    total, rest_p, rest_q = 0.0, 1.0, 1.0
    for token, log_p in golden.items():
        p, log_q = math.exp(log_p), got.get(token, floor)
        total += p * (log_p - log_q)
        rest_p -= p
        rest_q -= math.exp(log_q)
    if rest_p > 0:
        total += rest_p * math.log(rest_p / max(rest_q, 1e-12))
    return total


def golden_rows(path):
    """[(position, {id: log p})] and the text's ids."""
    text = json.loads(path.read_text())["text"]
    rows = []
    for row in text["top64"]:
        rows.append((row["pos"], dict(zip(row["ids"], row["logprob"], strict=True))))
    return text["ids"], rows


def candidates(answer):
    """llama-server's answer to n_probs -> {id: log q}."""
    top = answer["completion_probabilities"][0]["top_logprobs"]
    return {entry["id"]: entry["logprob"] for entry in top}


def llama_kl(server, path, most_rows=None):
    ids, rows = golden_rows(path)
    rows = rows[:most_rows]
    total = 0.0
    for position, golden in rows:
        # A comma is what comes: an end token, or a piece of a character, would be an answer without
        # probabilities. These are of the logits before any bias.
        answer = server.complete(ids[: position + 1], 1, n_probs=CANDIDATES, logit_bias=[[COMMA, 1000]])
        total += kl_divergence(golden, candidates(answer))
    return total / len(rows)
