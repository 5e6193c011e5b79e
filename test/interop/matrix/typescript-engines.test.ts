import { runMatrix } from './run-matrix.js';

runMatrix('TypeScript engines', ['typescript', 'typescript', 'typescript', 'typescript']);
