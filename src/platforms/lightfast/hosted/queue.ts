/** So many places at the head may be empty before the rest is moved up. */
const MAX_EMPTY = 1024;

/** First in, first out, at the same cost however many wait. */
export class Queue<Item extends object> {
  #items: (Item | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  add(item: Item): void {
    this.#items.push(item);
  }

  take(): Item | undefined {
    const item = this.#items[this.#head];
    if (!item) return undefined;
    // What is taken must not stay in memory.
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === this.#items.length || this.#head > MAX_EMPTY) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}
