/** The program in which mails are read, apart from the server; `ReadApart` starts it with the folder of the spool. */
import { readMessage } from './intake/read-message.js';
import { answerReadQuestions } from './reader-side.js';

const [, , dataDir = ''] = process.argv;
await answerReadQuestions(dataDir, readMessage);
