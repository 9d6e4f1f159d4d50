import {type ChildProcess, spawn} from 'node:child_process';
import {fileURLToPath, pathToFileURL} from 'node:url';

const bin = fileURLToPath(new URL('../../node_modules/yaml-language-server/bin/yaml-language-server', import.meta.url));

interface Position {
  readonly line: number;
  readonly character: number;
}

export interface Completion {
  readonly label: string;
  readonly insertText: string;
  readonly documentation?: string | {readonly value: string};
}

/** An underlined stretch of text, and why. */
export interface Underlined {
  readonly text: string;
  readonly line: number;
  readonly message: string;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: {readonly message: string};
}

interface PublishedDiagnostics {
  readonly uri: string;
  readonly diagnostics: readonly {readonly message: string; readonly range: {start: Position; end: Position}}[];
}

/** An editor without a screen: a session with yaml-language-server over its standard streams (LSP 3.17, JSON-RPC 2.0). */
export class Editor {
  readonly #server: ChildProcess;
  readonly #answers = new Map<number, (message: Message) => void>();
  readonly #diagnosed = new Map<string, (params: PublishedDiagnostics) => void>();
  #requests = 0;
  #documents = 0;
  #received = Buffer.alloc(0);

  /** @param folder where the documents pretend to be */
  constructor(readonly folder: string) {
    this.#server = spawn(process.execPath, [bin, '--stdio'], {stdio: ['pipe', 'pipe', 'inherit']});
    this.#server.stdout!.on('data', (bytes: Buffer) => this.#receive(bytes));
  }

  async start(): Promise<void> {
    const capabilities = {textDocument: {completion: {completionItem: {snippetSupport: true}}, hover: {}}};
    await this.#request('initialize', {processId: process.pid, rootUri: null, capabilities});
    this.#send({method: 'initialized', params: {}});
    // Schemas come from the documents only, never from the net.
    const settings = {yaml: {schemaStore: {enable: false}, validate: true, completion: true, hover: true}};
    this.#send({method: 'workspace/didChangeConfiguration', params: {settings}});
  }

  stop(): void {
    this.#server.kill();
  }

  /** What is offered where `|` stands. */
  async complete(text: string): Promise<readonly Completion[]> {
    const {items} = (await this.#atMark(text, 'textDocument/completion')) as {items: Completion[]};
    return items;
  }

  /** What is told of the word in which `|` stands. */
  async hover(text: string): Promise<string> {
    const {contents} = (await this.#atMark(text, 'textDocument/hover')) as {contents: {value: string}};
    return contents.value;
  }

  /** What is underlined. */
  async underlined(text: string): Promise<readonly Underlined[]> {
    const uri = this.#uri();
    const published = new Promise<PublishedDiagnostics>(resolve => this.#diagnosed.set(uri, resolve));
    this.#open(uri, text);
    const {diagnostics} = await published;
    const lines = text.split('\n');
    return diagnostics.map(({message, range: {start, end}}) => ({
      text: lines[start.line]!.slice(start.character, end.line === start.line ? end.character : undefined),
      line: start.line + 1,
      message,
    }));
  }

  async #atMark(text: string, method: string): Promise<unknown> {
    const [before, after] = text.split('|');
    const lines = before!.split('\n');
    const uri = this.#uri();
    this.#open(uri, `${before!}${after!}`);
    const position = {line: lines.length - 1, character: lines.at(-1)!.length};
    return this.#request(method, {textDocument: {uri}, position});
  }

  #uri(): string {
    return pathToFileURL(`${this.folder}/unsaved-${++this.#documents}.yaml`).href;
  }

  #open(uri: string, text: string): void {
    const textDocument = {uri, languageId: 'yaml', version: 1, text};
    this.#send({method: 'textDocument/didOpen', params: {textDocument}});
  }

  async #request(method: string, params: unknown): Promise<unknown> {
    const id = ++this.#requests;
    const answer = new Promise<Message>(resolve => this.#answers.set(id, resolve));
    this.#send({id, method, params});
    const {result, error} = await answer;
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  #send(message: Message): void {
    const body = JSON.stringify({jsonrpc: '2.0', ...message});
    this.#server.stdin!.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  /** Takes whole messages off what has come: each a header with its length, an empty line, and that many bytes. */
  #receive(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes]);
    for (;;) {
      const start = this.#received.indexOf('\r\n\r\n') + 4;
      if (start < 4) return;
      const length = Number(/Content-Length: (\d+)/.exec(this.#received.toString('latin1', 0, start))![1]);
      if (this.#received.length < start + length) return;
      const body = this.#received.toString('utf8', start, start + length);
      this.#received = this.#received.subarray(start + length);
      this.#handle(JSON.parse(body) as Message);
    }
  }

  #handle({id, method, params, ...answer}: Message): void {
    if (method === undefined) this.#answers.get(id!)?.(answer);
    else if (id !== undefined) this.#send({id, result: null});
    else if (method === 'textDocument/publishDiagnostics') {
      const published = params as PublishedDiagnostics;
      this.#diagnosed.get(published.uri)?.(published);
    }
  }
}
