import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { systemClock } from '../base/clock.js';
import { assertNever, messageOf } from '../base/errors.js';
import { jsonLogger } from '../base/logger.js';
import { Scope } from '../base/scope.js';
import { Channel } from '../transport/channel.js';
import { Socket, type SocketKind } from '../transport/socket.js';
import { addressOf } from '../wire/connection-info.js';
import { Session } from '../wire/message.js';
