/** What awaits and timers of a stopped cell meet. Users may see it in a `catch`. */
export class Interruption extends Error {
  override readonly name = 'Interrupted';

  constructor(cellName: string) {
    super(`${cellName} was stopped.`);
  }
}
