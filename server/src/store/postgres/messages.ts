/**
 * Messages of PostgreSQL's extended query protocol (55.7), written one behind the other and sent as one piece: a stream takes
 * longer for each piece that it is given than for all that is in it.
 */
export class Messages {
  #bytes = Buffer.allocUnsafeSlow(usual);
  #at = 0;
  /** Where the length of the message being written stands. */
  #from = 0;

  parse(name: string, sql: string): void {
    this.#begin(0x50);
    this.#text(name);
    this.#text(sql);
    this.#int16(0);
    this.#end();
  }

  describe(name: string): void {
    this.#ofStatement(0x44, name);
  }

  close(name: string): void {
    this.#ofStatement(0x43, name);
  }

  /** All values as text, and so the columns of the answer. */
  bind(name: string, values: readonly (string | null)[]): void {
    this.#begin(0x42);
    this.#byte(0);
    this.#text(name);
    this.#int16(0);
    this.#int16(values.length);
    for (const value of values) this.#value(value);
    this.#int16(0);
    this.#end();
  }

  /** All rows. */
  execute(): void {
    this.#begin(0x45);
    this.#byte(0);
    this.#int32(0);
    this.#end();
  }

  sync(): void {
    this.#begin(0x53);
    this.#end();
  }

  /** What was written since the last time. */
  take(): Buffer {
    const taken = Buffer.allocUnsafe(this.#at);
    this.#bytes.copy(taken, 0, 0, this.#at);
    this.#at = 0;
    if (this.#bytes.length > most) this.#bytes = Buffer.allocUnsafeSlow(usual);
    return taken;
  }

  /** Forgets what was written. */
  clear(): void {
    this.#at = 0;
  }

  #ofStatement(code: number, name: string): void {
    this.#begin(code);
    this.#byte(0x53);
    this.#text(name);
    this.#end();
  }

  #begin(code: number): void {
    this.#need(5);
    this.#bytes[this.#at] = code;
    this.#from = this.#at + 1;
    this.#at += 5;
  }

  #end(): void {
    this.#bytes.writeInt32BE(this.#at - this.#from, this.#from);
  }

  #byte(value: number): void {
    this.#need(1);
    this.#bytes[this.#at] = value;
    this.#at += 1;
  }

  #int16(value: number): void {
    this.#need(2);
    this.#at = this.#bytes.writeUInt16BE(value, this.#at);
  }

  #int32(value: number): void {
    this.#need(4);
    this.#at = this.#bytes.writeInt32BE(value, this.#at);
  }

  #text(value: string): void {
    this.#need(value.length * 3 + 1);
    this.#at += this.#bytes.write(value, this.#at, "utf8");
    this.#byte(0);
  }

  #value(value: string | null): void {
    if (value === null) return this.#int32(-1);
    this.#need(value.length * 3 + 4);
    const written = this.#bytes.write(value, this.#at + 4, "utf8");
    this.#bytes.writeInt32BE(written, this.#at);
    this.#at += written + 4;
  }

  #need(more: number): void {
    if (this.#at + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#at + more));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}

const usual = 16_384;
const most = 1_048_576;
