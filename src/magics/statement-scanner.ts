/**
 * Tells where lines of TypeScript begin in the middle of something, with no parser at hand: magics are read
 * before, and without, the compiler.
 *
 * It follows strings, templates, comments, regular expressions and brackets, and remembers the last token.
 * What is no TypeScript at all ends somewhere too, and its errors are the compiler's to report.
 */
export class StatementScanner {
  readonly #text: string;
  #position = 0;
  /** Open brackets, innermost last; a `}` that closes `${` resumes its template. */
  readonly #open: ('(' | '[' | '{' | '${')[] = [];
  #last: LastToken = 'none';

  constructor(text: string) {
    this.#text = text;
  }

  /**
   * Reads up to the start of a line; lines are asked in order.
   *
   * @returns What a line that starts at `offset` is in the middle of. A string or comment may reach past it.
   */
  advanceTo(offset: number): LineStart {
    while (this.#position < offset) this.#token();
    if (this.#position > offset) return 'inside';
    if (this.#open.some((bracket) => bracket !== '{')) return 'inside';
    if (this.#open.length > 0) return this.#last === 'punctuation' ? 'block' : 'inside';
    return this.#last === 'operator'
      ? 'inside'
      : this.#last === 'value'
        ? 'after-value'
        : 'statement';
  }

  /** Leaves out everything up to `offset`: the line there was no TypeScript. */
  skipTo(offset: number): void {
    this.#position = offset;
    this.#last = 'none';
  }

  #token(): void {
    const rest = this.#text[this.#position] ?? '';
    if (/\s/.test(rest)) this.#position++;
    else if (rest === '`') this.#template(this.#position + 1);
    else if (rest === '"' || rest === "'") this.#value(stringPattern);
    else if (rest === '/') this.#slash();
    else if (wordStart.test(rest)) this.#word();
    else if ('([{'.includes(rest)) this.#bracket(rest);
    else if (')]}'.includes(rest)) this.#close(rest);
    else this.#operator();
  }

  #slash(): void {
    if (this.#skip(commentPattern)) return;
    if (this.#last !== 'value' && this.#skip(regexPattern)) this.#last = 'value';
    else this.#operator();
  }

  #word(): void {
    const word = this.#match(wordPattern) ?? '';
    const isProperty = this.#text[this.#position - 1] === '.';
    this.#position += Math.max(1, word.length);
    this.#last = expectsMore.has(word) && !isProperty ? 'operator' : 'value';
  }

  #bracket(bracket: string): void {
    this.#position++;
    if (bracket === '(' || bracket === '[' || bracket === '{') this.#open.push(bracket);
    this.#last = bracket === '{' ? 'punctuation' : 'operator';
  }

  #close(bracket: string): void {
    const opened = this.#open.pop();
    if (bracket === '}' && opened === '${') {
      this.#template(this.#position + 1);
      return;
    }
    this.#position++;
    // `}` ends a block or an object; a line after it can begin a statement in both cases.
    this.#last = bracket === '}' ? 'punctuation' : 'value';
  }

  /** From inside a template to its end or its next `${`. */
  #template(start: number): void {
    this.#position = start;
    const text = this.#match(templatePattern) ?? '';
    this.#position += Math.max(1, text.length);
    if (text.endsWith('${')) this.#open.push('${');
    this.#last = text.endsWith('`') ? 'value' : 'operator';
  }

  #operator(): void {
    const operator = this.#match(operatorPattern) ?? '';
    this.#position += Math.max(1, operator.length);
    if (operator === ';') this.#last = 'punctuation';
    else if (!this.#endsValue(operator)) this.#last = 'operator';
  }

  /** `a++` and `a!` are values as `a` is; `>` at the end of a line closes a list of types. */
  #endsValue(operator: string): boolean {
    if (operator === '>') this.#last = 'value';
    return ['++', '--', '!', '>'].includes(operator) && this.#last === 'value';
  }

  #value(pattern: RegExp): void {
    this.#skip(pattern);
    this.#last = 'value';
  }

  #skip(pattern: RegExp): boolean {
    const text = this.#match(pattern);
    if (text === undefined) return false;
    this.#position += Math.max(1, text.length);
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#position;
    return pattern.exec(this.#text)?.[0];
  }
}

/**
 * - `statement`: only a statement can begin here;
 * - `after-value`: a statement can begin, or the expression of the line before can go on;
 * - `block`: a statement can begin inside braces;
 * - `inside`: an expression, string, template or comment goes on.
 */
export type LineStart = 'statement' | 'after-value' | 'block' | 'inside';

/** `punctuation`: `;`, `{` or `}`, after which a statement can begin. */
type LastToken = 'none' | 'value' | 'operator' | 'punctuation';

const wordStart = /[\p{ID_Start}\p{Number}$_#@\\]/u;
const wordPattern = /\d[\w.]*|[\p{ID_Continue}$\u200c\u200d#@\\]+/uy;
const stringPattern = /(["'])(?:\\[^]|(?!\1)[^\\\n])*\1?/y;
const templatePattern = /(?:\\[^]|\$(?!\{)|[^\\`$])*(?:`|\$\{)?/y;
const commentPattern = /\/\/[^\n]*|\/\*(?:[^*]|\*(?!\/))*(?:\*\/)?/y;
const regexPattern = /\/(?:\\[^\n]|\[(?:\\[^\n]|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y;
const operatorPattern = /\+\+|--|=>|[^\s]/y;

/** Words after which an expression or the rest of a statement must follow. */
const expectsMore = new Set(
  (
    'await case class const delete do else export extends finally for function if import in instanceof ' +
    'new switch throw try typeof var void while with return yield'
  ).split(' '),
);

/** True when an expression, a template or a block that began before `offset` goes on there. */
export function isInside(text: string, offset: number): boolean {
  return ['inside', 'block'].includes(new StatementScanner(text).advanceTo(offset));
}
