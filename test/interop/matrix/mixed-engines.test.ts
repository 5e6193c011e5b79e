import { runMatrix } from './run-matrix.js';

runMatrix('Engines of both languages', ['typescript', 'python', 'typescript', 'python']);
