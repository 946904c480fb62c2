// SPDX-License-Identifier: Apache-2.0
// Reads diagrams with the parser of Mermaid: each line of standard input is one, as a JSON text, and the line that it
// prints is what was understood: {type, parties, messages, notes} of a sequence diagram, or {error}.
import { createInterface } from 'node:readline';
import { JSDOM } from 'jsdom';

// It cleans texts with the means of a browser.
const { window } = new JSDOM('<!doctype html><body></body>');
globalThis.window = window;
globalThis.document = window.document;
const { default: mermaid } = await import('mermaid');
mermaid.initialize({ startOnLoad: false, securityLevel: 'strict' });

// What Mermaid keeps in place of "#59;" until it draws.
const plain = (text) => text.replace(/\ufb02\u00b0\u00b0(\d+)\u00b6\u00df/g, (_, code) => String.fromCodePoint(Number(code)));

async function read(text) {
  try {
    const { diagramType } = await mermaid.parse(text);
    if (diagramType !== 'sequence') return { type: diagramType };
    const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
    const all = db.getMessages();
    const isNote = (one) => one.type === db.LINETYPE.NOTE;
    return {
      type: diagramType,
      parties: Object.fromEntries([...db.getActors().values()].map((one) => [one.name, [one.type, plain(one.description)]])),
      messages: all.filter((one) => !isNote(one)).map((one) => [one.from, one.to, plain(one.message)]),
      notes: all.filter(isNote).map((one) => plain(one.message)),
    };
  } catch (error) {
    return { error: String(error.message ?? error) };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await read(JSON.parse(line)))}\n`);
}
