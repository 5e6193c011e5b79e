import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientKind, FeatureName, Outcome } from './features.js';
import { goFile, type Language, type TextName, texts } from './texts.js';

/** What a client is given to try its features on. */
export interface Plan {
  /** Of the engines that stay, by id. */
  readonly workers: ReadonlyMap<number, Language>;
  /** Engines that this client may end. */
  readonly victim: number;
  /** The ids of all engines of a language. */
  pool(language: Language): readonly number[];
  /** For the files that texts wait for. */
  readonly folder: string;
}

/** Does the feature, and throws when it does not work; the text is a note. */
export type Feature = () => Promise<unknown>;

/** Tries the features one after the other; none keeps the next from being tried. */
export async function tryFeatures(
  client: ClientKind,
  tried: Readonly<Partial<Record<FeatureName, Feature>>>,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const [name, feature] of Object.entries(tried)) {
    const outcome = { client, feature: name as FeatureName };

    try {
      const note = await feature();
      outcomes.push(typeof note === 'string' ? { ...outcome, note } : outcome);
    } catch (error) {
      outcomes.push({
        ...outcome,
        failed: error instanceof Error ? String(error.stack) : 'failed',
      });
    }
  }
  return outcomes;
}

let count = 0;

/** The text of that name in a language, and what lets it go on. */
export function waitingText(
  { folder }: Plan,
  language: Language,
  name: TextName,
): { text: string; go: () => Promise<void> } {
  const file = join(folder, `go-${process.pid}-${(count += 1)}`);
  return { text: texts[language][name].replaceAll(goFile, file), go: () => writeFile(file, '') };
}
