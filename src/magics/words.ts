/** Words as a shell splits them: quotes and brackets hold spaces together. */
export function words(text: string): { raw: string; text: string; end: number }[] {
  return [...text.matchAll(/(?:"[^"]*"|'[^']*'|\[[^\]]*\]|[^\s"'[])+|["'[]/g)].map((match) => ({
    raw: match[0],
    text: unquote(match[0]),
    end: match.index + match[0].length,
  }));
}

export function unquote(word: string): string {
  return word.replace(/"([^"]*)"|'([^']*)'/g, '$1$2');
}
