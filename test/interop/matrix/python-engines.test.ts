import { runMatrix } from './run-matrix.js';

runMatrix('Python engines', ['python', 'python', 'python', 'python']);
