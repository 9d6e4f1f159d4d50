/** A paragraph or a member of a list: how its first line begins, how the others do, and its words. */
interface Block {
  readonly first: string;
  readonly rest: string;
  readonly text: string;
}

/** Breaks text between words so that no line has more than `width` characters, but for single words that do. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter(w => w !== '')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return line === '' ? lines : [...lines, line];
}

/** Markdown of paragraphs, lists and fenced blocks as plain text of `width` characters. Fenced blocks are indented and never broken. */
export function prose(markdown: string, width: number): string[] {
  const parts = markdown.split(/^```.*\n([^]*?)^```$/m);
  const chunks = parts.flatMap((part, i) =>
    i % 2 === 1
      ? [
          part
            .trimEnd()
            .split('\n')
            .map(line => `    ${line}`.trimEnd()),
        ]
      : part.split(/\n\s*\n/).flatMap(chunk => (chunk.trim() === '' ? [] : [paragraph(chunk, width)])),
  );
  return chunks.flatMap((chunk, i) => (i === 0 ? chunk : ['', ...chunk]));
}

/** The lines of one paragraph, or of a list without empty lines in it. */
function paragraph(chunk: string, width: number): string[] {
  const items = chunk.trim().split(/^- /m);
  const blocks: Block[] = items.flatMap((text, i) => {
    if (text.trim() === '') return [];
    return [i === 0 ? {first: '', rest: '', text} : {first: '- ', rest: '  ', text}];
  });
  return blocks.flatMap(({first, rest, text}) =>
    wrap(plain(text), width - rest.length).map((line, i) => `${i === 0 ? first : rest}${line}`),
  );
}

/** The words of Markdown without the marks of emphasis and links. */
const plain = (text: string): string =>
  text
    .replaceAll(/\*\*(.+?)\*\*/g, '$1')
    .replaceAll(/\[([^\]]+)\]\([^)]*\)/g, '$1')
    .replaceAll(/\\([*_<>[\]`|])/g, '$1');
