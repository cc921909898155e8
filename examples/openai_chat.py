"""Asks a chat server with the API of OpenAI, and prints the answer as it comes, tags included."""

import json
import os
import sys
import urllib.request
from pathlib import Path

base = os.environ.get("OPENAI_BASE_URL", "http://127.0.0.1:11434/v1")  # Ollama on this machine
question = {
    "model": os.environ.get("OPENAI_MODEL", "llama3.2"),
    "stream": True,
    "messages": [
        {"role": "system", "content": Path(__file__).with_name("system_prompt.txt").read_text()},
        {"role": "user", "content": " ".join(sys.argv[1:]) or "Tell me about your day."},
    ],
}
headers = {
    "Content-Type": "application/json",
    "Authorization": f"Bearer {os.environ.get('OPENAI_API_KEY', 'none')}",
}
request = urllib.request.Request(f"{base}/chat/completions", json.dumps(question).encode(), headers)
sys.stdout.reconfigure(encoding="utf-8")
with urllib.request.urlopen(request) as answer:
    for line in answer:
        if line.startswith(b"data: {"):
            for choice in json.loads(line[6:])["choices"]:
                print(choice["delta"].get("content") or "", end="", flush=True)
print()
