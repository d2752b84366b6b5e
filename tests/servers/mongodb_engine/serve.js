// node serve.js PACKAGES DATA SOCKET: serve MongoDB's engine on a socket whose place does not change.
'use strict';

const fs = require('node:fs');
const path = require('node:path');

const [packages, data, socket] = process.argv.slice(2);
process.env.TMPDIR = path.dirname(socket);
const { open } = require(path.join(packages, '@0q', 'embedded-mongodb'));

open(data).then((engine) => {
  fs.renameSync(engine.socketPath, socket);
  process.on('SIGTERM', () => engine.close().then(() => process.exit(0)));
});
