// The positions below count words of 32 bytes in the proof. Everything that the prover sends between two challenges is
// contiguous there.

uint256 constant MASKING = 8;
uint256 constant WITNESS = ZK ? 10 : 8;
uint256 constant LIBRA = WITNESS + 16;
uint256 constant UNIVARIATES = ZK ? LIBRA + 3 : LIBRA;
uint256 constant MASKING_EVALUATION = UNIVARIATES + LOG_ROWS * UNIVARIATE;
uint256 constant EVALUATIONS = ZK ? MASKING_EVALUATION + 1 : MASKING_EVALUATION;
uint256 constant LIBRA_EVALUATION = EVALUATIONS + ENTITIES;
uint256 constant LIBRA_COMMITMENTS = LIBRA_EVALUATION + 1;
uint256 constant FOLDS = ZK ? LIBRA_COMMITMENTS + 4 : LIBRA_EVALUATION;
uint256 constant NEGATIVES = FOLDS + 2 * (LOG_ROWS - 1);
uint256 constant LIBRA_OPENINGS = NEGATIVES + LOG_ROWS;
uint256 constant QUOTIENT = ZK ? LIBRA_OPENINGS + 4 : LIBRA_OPENINGS;
uint256 constant OPENING = QUOTIENT + 2;
uint256 constant PROOF = OPENING + 2;

// Public inputs that the prover appends to the program's own: two points, which the proof starts with.
uint256 constant PAIRING_POINTS = 8;
// Columns with a commitment in the verification key.
uint256 constant PRECOMPUTED = 28;
// Columns with a commitment.
uint256 constant UNSHIFTED = 36;
// Columns that are also read one row further down: the first of the witness.
uint256 constant SHIFTED = 5;
uint256 constant ENTITIES = 41;

// Places of the columns among the claimed evaluations.
uint256 constant Q_M = 0;
uint256 constant Q_C = 1;
uint256 constant Q_L = 2;
uint256 constant Q_R = 3;
uint256 constant Q_O = 4;
uint256 constant Q_4 = 5;
uint256 constant Q_LOOKUP = 6;
uint256 constant Q_ARITH = 7;
uint256 constant Q_DELTA_RANGE = 8;
uint256 constant Q_ELLIPTIC = 9;
uint256 constant Q_MEMORY = 10;
uint256 constant Q_NNF = 11;
uint256 constant Q_POSEIDON2_EXTERNAL = 12;
uint256 constant Q_POSEIDON2_INTERNAL = 13;
uint256 constant SIGMA = 14;
uint256 constant ID = 18;
uint256 constant TABLE = 22;
uint256 constant LAGRANGE_FIRST = 26;
uint256 constant LAGRANGE_LAST = 27;
uint256 constant W_L = 28;
uint256 constant W_R = 29;
uint256 constant W_O = 30;
uint256 constant W_4 = 31;
uint256 constant Z_PERM = 32;
uint256 constant LOOKUP_INVERSES = 33;
uint256 constant READ_COUNTS = 34;
uint256 constant READ_TAGS = 35;
uint256 constant W_L_SHIFT = 36;
uint256 constant W_R_SHIFT = 37;
uint256 constant W_O_SHIFT = 38;
uint256 constant W_4_SHIFT = 39;
uint256 constant Z_PERM_SHIFT = 40;

// The order of the group, and of the field of its coordinates.
uint256 constant R = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001;
uint256 constant Q = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47;

// A generator of the subgroup of 256 elements, and its inverse.
uint256 constant SUBGROUP_GENERATOR = 0x07b0c561a6148404f086204a9f36ffb0617942546750f230c893619174a57a76;
uint256 constant SUBGROUP_GENERATOR_INVERSE = 0x204bd3277422fad364751ad938e2b5e6a54cf8c68712848a692c553d0329f5d6;
uint256 constant SUBGROUP = 256;

// An element of the scalar field; always below its modulus.
type Fr is uint256;

using {add as +, sub as -, mul as *, eq as ==} for Fr global;

Fr constant ZERO = Fr.wrap(0);
Fr constant ONE = Fr.wrap(1);

function add(Fr a, Fr b) pure returns (Fr) {
    return Fr.wrap(addmod(Fr.unwrap(a), Fr.unwrap(b), R));
}

function sub(Fr a, Fr b) pure returns (Fr) {
    unchecked {
        return Fr.wrap(addmod(Fr.unwrap(a), R - Fr.unwrap(b), R));
    }
}

function mul(Fr a, Fr b) pure returns (Fr) {
    return Fr.wrap(mulmod(Fr.unwrap(a), Fr.unwrap(b), R));
}

function eq(Fr a, Fr b) pure returns (bool) {
    return Fr.unwrap(a) == Fr.unwrap(b);
}

function double(Fr a) pure returns (Fr) {
    return a + a;
}

function square(Fr a) pure returns (Fr) {
    return a * a;
}

function fifthPower(Fr a) pure returns (Fr) {
    return square(square(a)) * a;
}

struct Challenges {
    Fr eta;
    Fr beta;
    Fr gamma;
    Fr alpha;
    Fr gate;
    Fr libra;
    Fr[] point;
    Fr rho;
    Fr r;
    Fr nu;
    Fr z;
    Fr weight;
    // The public inputs' part of the grand product.
    Fr delta;
}

// A sum of multiples of points, and the multiple of the generator that is still to be added.
struct Sum {
    uint256 x;
    uint256 y;
    Fr generator;
}

// What the openings have in common; `L` is the number of rounds.
struct Openings {
    // r^(2^l)
    Fr[] powers;
    // 1 / (r^(2^l) (1 - u_l) + u_l)
    Fr[] folds;
    // nu^(2 l) / (z - r^(2^l))
    Fr[] plus;
    // nu^(2 l + 1) / (z + r^(2^l))
    Fr[] minus;
    Fr rInverse;
    // nu^(2 L)
    Fr nuEnd;
    // 1 / (z - g r)
    Fr shiftedInverse;
}

interface IVerifier {
    function verify(bytes calldata proof, bytes32[] calldata publicInputs) external view returns (bool);
}

/// @title Verifies UltraHonk proofs of one circuit over Keccak-256.
/// @notice Takes what `bb prove -t evm` or `evm-no-zk` and `chinampa prove` write. What is no proof reverts.
contract HonkVerifier is IVerifier {
    error ProofLength(uint256 expected, uint256 actual);
    error PublicInputsLength(uint256 expected, uint256 actual);
    /// A word of the proof, or a public input, is not below the modulus.
    error NotCanonical(uint256 position);
    error PointAtInfinity(uint256 position);
    /// Coordinates are not below their modulus, or the point is not on the curve.
    error NotOnCurve();
    error DivisionByZero();
    error SumcheckRound(uint256 round);
    error SumcheckEvaluation();
    error SmallSubgroupIpa();
    error PairingPoints();
    error Pairing();

    function verify(bytes calldata proof, bytes32[] calldata publicInputs) external view returns (bool) {
        checkEncoding(proof, publicInputs);
        Challenges memory c = challenges(proof, publicInputs);
        c.delta = publicInputDelta(proof, publicInputs, c);
        Fr[ENTITIES] memory e = evaluations(proof);
        checkSumcheck(proof, c, e);
        if (ZK) checkSmallSubgroupIpa(proof, c);
        checkOpening(proof, c, e);
        return true;
    }

    // ---------------------------------------------------------------------------------------------------- Proof

    /// The lengths are right, all scalars are below their modulus, and no point is infinity. The coordinates of points are
    /// checked where they are multiplied.
    function checkEncoding(bytes calldata proof, bytes32[] calldata publicInputs) internal pure {
        if (proof.length != 32 * PROOF) revert ProofLength(32 * PROOF, proof.length);
        uint256 expected = PUBLIC_INPUTS - PAIRING_POINTS;
        if (publicInputs.length != expected) revert PublicInputsLength(expected, publicInputs.length);
        for (uint256 i = 0; i < expected; ++i) {
            if (uint256(publicInputs[i]) >= R) revert NotCanonical(i);
        }
        checkScalars(proof, 0, PAIRING_POINTS);
        checkPoints(proof, MASKING, LIBRA);
        if (ZK) {
            checkPoints(proof, LIBRA, LIBRA + 2);
            checkScalars(proof, LIBRA + 2, LIBRA_COMMITMENTS);
            checkPoints(proof, LIBRA_COMMITMENTS, FOLDS);
        } else {
            checkScalars(proof, UNIVARIATES, FOLDS);
        }
        checkPoints(proof, FOLDS, NEGATIVES);
        checkScalars(proof, NEGATIVES, QUOTIENT);
        checkPoints(proof, QUOTIENT, PROOF);
    }

    function checkScalars(bytes calldata proof, uint256 from, uint256 to) internal pure {
        for (uint256 i = from; i < to; ++i) {
            if (word(proof, i) >= R) revert NotCanonical(i);
        }
    }

    function checkPoints(bytes calldata proof, uint256 from, uint256 to) internal pure {
        for (uint256 i = from; i < to; i += 2) {
            if (word(proof, i) | word(proof, i + 1) == 0) revert PointAtInfinity(i);
        }
    }

    function word(bytes calldata proof, uint256 position) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := calldataload(add(proof.offset, shl(5, position)))
        }
    }

    function scalar(bytes calldata proof, uint256 position) internal pure returns (Fr) {
        return Fr.wrap(word(proof, position));
    }

    function scalars(bytes calldata proof, uint256 position, uint256 count)
        internal
        pure
        returns (Fr[] memory values)
    {
        values = new Fr[](count);
        assembly ("memory-safe") {
            calldatacopy(add(values, 32), add(proof.offset, shl(5, position)), shl(5, count))
        }
    }

    /// What the prover claims the columns to be at the point of sumcheck.
    function evaluations(bytes calldata proof) internal pure returns (Fr[ENTITIES] memory e) {
        uint256 start = EVALUATIONS;
        uint256 count = ENTITIES;
        assembly ("memory-safe") {
            calldatacopy(e, add(proof.offset, shl(5, start)), shl(5, count))
        }
    }

    // ----------------------------------------------------------------------------------------------- Transcript

    /// The hash of the last hash and of some words of the proof.
    function absorb(uint256 state, bytes calldata proof, uint256 from, uint256 to)
        internal
        pure
        returns (uint256 hash)
    {
        assembly ("memory-safe") {
            let start := mload(0x40)
            let len := shl(5, sub(to, from))
            mstore(start, state)
            calldatacopy(add(start, 32), add(proof.offset, shl(5, from)), len)
            hash := mod(keccak256(start, add(len, 32)), R)
        }
    }

    /// The hash of the key, all public inputs, and what the prover sends before the first challenge.
    function absorbStart(bytes calldata proof, bytes32[] calldata publicInputs)
        internal
        pure
        returns (uint256 hash)
    {
        uint256 sent = WITNESS + 6;
        assembly ("memory-safe") {
            let start := mload(0x40)
            mstore(start, KEY_HASH)
            let own := shl(5, publicInputs.length)
            calldatacopy(add(start, 32), publicInputs.offset, own)
            calldatacopy(add(add(start, 32), own), proof.offset, shl(5, sent))
            hash := mod(keccak256(start, add(add(own, 32), shl(5, sent))), R)
        }
    }

    /// The lower 127 bits of a hash.
    function low(uint256 hash) internal pure returns (Fr) {
        return Fr.wrap(hash & ((1 << 127) - 1));
    }

    function challenges(bytes calldata proof, bytes32[] calldata publicInputs)
        internal
        pure
        returns (Challenges memory c)
    {
        uint256 state = absorbStart(proof, publicInputs);
        c.eta = low(state);
        state = absorb(state, proof, WITNESS + 6, WITNESS + 12);
        (c.beta, c.gamma) = (low(state), Fr.wrap(state >> 127));
        state = absorb(state, proof, WITNESS + 12, WITNESS + 16);
        c.alpha = low(state);
        state = absorb(state, proof, 0, 0);
        c.gate = low(state);
        if (ZK) {
            state = absorb(state, proof, LIBRA, UNIVARIATES);
            c.libra = low(state);
        }
        c.point = new Fr[](LOG_ROWS);
        for (uint256 round = 0; round < LOG_ROWS; ++round) {
            uint256 start = UNIVARIATES + round * UNIVARIATE;
            state = absorb(state, proof, start, start + UNIVARIATE);
            c.point[round] = low(state);
        }
        state = absorb(state, proof, MASKING_EVALUATION, FOLDS);
        c.rho = low(state);
        state = absorb(state, proof, FOLDS, NEGATIVES);
        c.r = low(state);
        state = absorb(state, proof, NEGATIVES, QUOTIENT);
        c.nu = low(state);
        state = absorb(state, proof, QUOTIENT, OPENING);
        c.z = low(state);
        state = absorb(state, proof, OPENING, PROOF);
        c.weight = low(state);
    }

    /// The grand product of the cells of public inputs, which copy constraints send to names that no cell has.
    function publicInputDelta(bytes calldata proof, bytes32[] calldata publicInputs, Challenges memory c)
        internal
        view
        returns (Fr)
    {
        // The first public input is in row 1; names of its column start at 2^28.
        Fr above = c.gamma + c.beta * Fr.wrap((1 << 28) + 1);
        Fr below = c.gamma - c.beta * Fr.wrap(2);
        (Fr numerator, Fr denominator) = (ONE, ONE);
        uint256 own = PUBLIC_INPUTS - PAIRING_POINTS;
        for (uint256 i = 0; i < PUBLIC_INPUTS; ++i) {
            Fr input = i < own ? Fr.wrap(uint256(publicInputs[i])) : scalar(proof, i - own);
            numerator = numerator * (above + input);
            denominator = denominator * (below + input);
            above = above + c.beta;
            below = below - c.beta;
        }
        return numerator * inverse(denominator);
    }

    // ------------------------------------------------------------------------------------------------- Sumcheck

    /// All rounds, and that the claimed evaluations satisfy the relations as the last one claims.
    function checkSumcheck(bytes calldata proof, Challenges memory c, Fr[ENTITIES] memory e) internal pure {
        Fr target = ZK ? scalar(proof, LIBRA + 2) * c.libra : ZERO;
        (Fr power, Fr separator) = (ONE, c.gate);
        Fr[UNIVARIATE] memory weights = barycentricWeights();
        for (uint256 round = 0; round < LOG_ROWS; ++round) {
            uint256 start = UNIVARIATES + round * UNIVARIATE;
            if (!(scalar(proof, start) + scalar(proof, start + 1) == target)) revert SumcheckRound(round);
            Fr u = c.point[round];
            target = interpolate(proof, start, weights, u);
            power = power * (ONE + u * (separator - ONE));
            separator = square(separator);
        }
        Fr value = relations(e, c, power);
        if (ZK) {
            value = value * enabledRows(c.point) + scalar(proof, LIBRA_EVALUATION) * c.libra;
        }
        if (!(value == target)) revert SumcheckEvaluation();
    }

    /// The value at `x` of the polynomial with the proof's values at 0, 1, and so on.
    function interpolate(bytes calldata proof, uint256 start, Fr[UNIVARIATE] memory weights, Fr x)
        internal
        pure
        returns (Fr value)
    {
        Fr product = ONE;
        for (uint256 i = 0; i < UNIVARIATE; ++i) {
            Fr difference = x - Fr.wrap(i);
            value = value * difference + scalar(proof, start + i) * weights[i] * product;
            product = product * difference;
        }
    }

    /// One less the multilinear extension of the indicator of the last four rows.
    function enabledRows(Fr[] memory point) internal pure returns (Fr) {
        Fr disabled = ONE;
        for (uint256 i = 2; i < LOG_ROWS; ++i) {
            disabled = disabled * point[i];
        }
        return ONE - disabled;
    }

    // ------------------------------------------------------------------------------------------------ Relations

    /// The sum of all subrelations by powers of alpha, times the power polynomial. The sixth holds only in sum, so the
    /// power polynomial is no factor of it.
    function relations(Fr[ENTITIES] memory e, Challenges memory c, Fr power) internal pure returns (Fr) {
        Fr[28] memory v;
        arithmetic(e, v);
        permutation(e, c, v);
        lookup(e, c, v);
        deltaRange(e, v);
        elliptic(e, v);
        memoryRecords(e, c, v);
        nonNativeField(e, v);
        poseidon2External(e, v);
        poseidon2Internal(e, v);
        (Fr weighted, Fr plain, Fr separator) = (ZERO, ZERO, ONE);
        for (uint256 i = 0; i < 28; ++i) {
            if (i == 5) plain = separator * v[i];
            else weighted = weighted + separator * v[i];
            separator = separator * c.alpha;
        }
        return weighted * power + plain;
    }

    /// Sums and products of wires; 2 or 3 as the selector also reads the next row.
    function arithmetic(Fr[ENTITIES] memory e, Fr[28] memory v) internal pure {
        Fr q = e[Q_ARITH];
        Fr minusOne = q - ONE;
        // Minus one half.
        Fr product = (q - Fr.wrap(3)) * Fr.wrap((R - 1) / 2) * (e[Q_M] * e[W_L]) * e[W_R];
        Fr linear = e[Q_L] * e[W_L] + e[Q_R] * e[W_R] + e[Q_O] * e[W_O] + e[Q_4] * e[W_4];
        v[0] = q * (product + linear + e[Q_C] + minusOne * e[W_4_SHIFT]);
        v[1] = q * minusOne * (q - Fr.wrap(2)) * (e[W_L] + e[W_4] - e[W_L_SHIFT] + e[Q_M]);
    }

    /// Copy constraints: a grand product over all cells.
    function permutation(Fr[ENTITIES] memory e, Challenges memory c, Fr[28] memory v) internal pure {
        Fr before = e[Z_PERM] + e[LAGRANGE_FIRST];
        Fr behind = e[Z_PERM_SHIFT] + e[LAGRANGE_LAST] * c.delta;
        for (uint256 i = 0; i < 4; ++i) {
            Fr wire = e[W_L + i] + c.gamma;
            before = before * (wire + e[ID + i] * c.beta);
            behind = behind * (wire + e[SIGMA + i] * c.beta);
        }
        v[2] = before - behind;
        v[3] = e[LAGRANGE_LAST] * e[Z_PERM_SHIFT];
    }

    /// Lookups: the sum of 1 / lookup over gates is that of count / table over rows of tables.
    function lookup(Fr[ENTITIES] memory e, Challenges memory c, Fr[28] memory v) internal pure {
        Fr betaSquare = square(c.beta);
        Fr betaCube = betaSquare * c.beta;
        Fr tables = e[TABLE] + c.gamma + e[TABLE + 1] * c.beta + e[TABLE + 2] * betaSquare + e[TABLE + 3] * betaCube;
        Fr gates = e[W_L] + e[Q_R] * e[W_L_SHIFT] + c.gamma + (e[W_R] + e[Q_M] * e[W_R_SHIFT]) * c.beta
            + (e[W_O] + e[Q_C] * e[W_O_SHIFT]) * betaSquare + e[Q_O] * betaCube;
        Fr tableInverse = tables * e[LOOKUP_INVERSES];
        (Fr tag, Fr q) = (e[READ_TAGS], e[Q_LOOKUP]);
        v[4] = gates * tableInverse - (tag + q - tag * q);
        v[5] = q * tableInverse - e[READ_COUNTS] * (gates * e[LOOKUP_INVERSES]);
        v[6] = square(tag) - tag;
    }

    /// Sorted lists: neighbours differ by 0 to 3.
    function deltaRange(Fr[ENTITIES] memory e, Fr[28] memory v) internal pure {
        for (uint256 i = 0; i < 4; ++i) {
            Fr delta = (i < 3 ? e[W_R + i] : e[W_L_SHIFT]) - e[W_L + i];
            Fr outer = delta * (delta - Fr.wrap(3));
            v[7 + i] = e[Q_DELTA_RANGE] * outer * (outer + Fr.wrap(2));
        }
    }

    /// Sums and doubles of points of Grumpkin, y^2 = x^3 - 17.
    function elliptic(Fr[ENTITIES] memory e, Fr[28] memory v) internal pure {
        Fr qDouble = e[Q_ELLIPTIC] * e[Q_M];
        Fr qAdd = e[Q_ELLIPTIC] - qDouble;
        (Fr sumX, Fr sumY) = ellipticSum(e);
        (Fr doubleX, Fr doubleY) = ellipticDouble(e);
        v[11] = qAdd * sumX + qDouble * doubleX;
        v[12] = qAdd * sumY + qDouble * doubleY;
    }

    function ellipticSum(Fr[ENTITIES] memory e) internal pure returns (Fr x, Fr y) {
        (Fr x1, Fr x2, Fr x3) = (e[W_R], e[W_L_SHIFT], e[W_R_SHIFT]);
        (Fr y1, Fr y2) = (e[W_O], e[W_4_SHIFT]);
        Fr signed = e[Q_L] * y2;
        Fr run = x2 - x1;
        x = (x3 + x2 + x1) * square(run) - square(y2) - square(y1) + double(signed * y1);
        y = (y1 + e[W_O_SHIFT]) * run + (x3 - x1) * (signed - y1);
    }

    function ellipticDouble(Fr[ENTITIES] memory e) internal pure returns (Fr x, Fr y) {
        (Fr x1, Fr x3, Fr y1) = (e[W_R], e[W_R_SHIFT], e[W_O]);
        Fr ySquare = square(y1);
        x = (x3 + double(x1)) * double(double(ySquare)) - x1 * Fr.wrap(9) * (ySquare + Fr.wrap(17));
        y = square(x1) * Fr.wrap(3) * (x1 - x3) - double(y1) * (y1 + e[W_O_SHIFT]);
    }

    /// The record of an access to memory, from its index, its timestamp and its value.
    function accessRecord(Challenges memory c, Fr first, Fr second, Fr third) internal pure returns (Fr) {
        return ((third * c.eta + second) * c.eta + first) * c.eta;
    }

    /// ROM and RAM: sorted copies of the records are consistent.
    function memoryRecords(Fr[ENTITIES] memory e, Challenges memory c, Fr[28] memory v) internal pure {
        Fr indexDelta = e[W_L_SHIFT] - e[W_L];
        Fr changes = square(indexDelta) - indexDelta;
        Fr stays = indexDelta - ONE;
        Fr rom = e[Q_MEMORY] * (e[Q_L] * e[Q_R]);
        Fr ram = e[Q_MEMORY] * e[Q_O];
        v[13] = accesses(e, c, stays, ram);
        v[14] = rom * (stays * (e[W_4] - e[W_4_SHIFT]));
        v[15] = rom * changes;
        Fr next = e[W_4_SHIFT] - accessRecord(c, e[W_L_SHIFT], e[W_R_SHIFT], e[W_O_SHIFT]);
        v[16] = ram * (stays * (e[W_O_SHIFT] - e[W_O]) * (next - ONE));
        v[17] = ram * changes;
        v[18] = ram * (square(next) - next);
    }

    /// Records are those of their accesses, and timestamps of neighbours differ by the third wire.
    function accesses(Fr[ENTITIES] memory e, Challenges memory c, Fr stays, Fr ram) internal pure returns (Fr) {
        // Zero for a read, minus one for a write.
        Fr check = accessRecord(c, e[W_L], e[W_R], e[W_O]) + e[Q_C] - e[W_4];
        Fr timestamps = stays * (e[W_R] - e[W_R_SHIFT]) - e[W_O];
        Fr chosen = check * (e[Q_R] + e[Q_M]) + timestamps * e[Q_4];
        return e[Q_MEMORY] * e[Q_L] * chosen + ram * (square(check) + check);
    }

    /// Products of elements of other fields in limbs of 68 bits, and limbs put together from pieces of 14 bits.
    function nonNativeField(Fr[ENTITIES] memory e, Fr[28] memory v) internal pure {
        Fr limb = Fr.wrap(1 << 68);
        Fr crossed = e[W_L] * e[W_R_SHIFT] + e[W_L_SHIFT] * e[W_R];
        Fr lower = crossed * limb + e[W_L_SHIFT] * e[W_R_SHIFT];
        Fr products = (lower - e[W_O] - e[W_4]) * e[Q_O];
        Fr upper = (e[W_L] * e[W_4] + e[W_R] * e[W_O] - e[W_O_SHIFT]) * limb - e[W_4_SHIFT] + crossed;
        products = products + upper * e[Q_4];
        products = products + (lower + e[W_4] - e[W_O_SHIFT] - e[W_4_SHIFT]) * e[Q_M];
        Fr first = pieces(e[W_R_SHIFT], e[W_L_SHIFT], e[W_O], e[W_R], e[W_L]) - e[W_4];
        Fr second = pieces(e[W_O_SHIFT], e[W_R_SHIFT], e[W_L_SHIFT], e[W_4], e[W_O]) - e[W_4_SHIFT];
        Fr accumulators = (first * e[Q_4] + second * e[Q_M]) * e[Q_O];
        v[19] = e[Q_NNF] * (products * e[Q_R] + accumulators);
    }

    function pieces(Fr a, Fr b, Fr c, Fr d, Fr f) internal pure returns (Fr) {
        Fr piece = Fr.wrap(1 << 14);
        return (((a * piece + b) * piece + c) * piece + d) * piece + f;
    }

    /// Full rounds of Poseidon2.
    function poseidon2External(Fr[ENTITIES] memory e, Fr[28] memory v) internal pure {
        Fr[4] memory lanes;
        for (uint256 i = 0; i < 4; ++i) {
            lanes[i] = fifthPower(e[W_L + i] + e[Q_L + i]);
        }
        mix(lanes);
        for (uint256 i = 0; i < 4; ++i) {
            v[20 + i] = e[Q_POSEIDON2_EXTERNAL] * (lanes[i] - e[W_L_SHIFT + i]);
        }
    }

    /// Multiplies by [[5, 7, 1, 3], [4, 6, 1, 1], [1, 3, 5, 7], [1, 1, 4, 6]].
    function mix(Fr[4] memory lanes) internal pure {
        (Fr ab, Fr cd) = (lanes[0] + lanes[1], lanes[2] + lanes[3]);
        Fr second = double(lanes[1]) + cd;
        Fr fourth = double(lanes[3]) + ab;
        lanes[1] = double(double(ab)) + second;
        lanes[3] = double(double(cd)) + fourth;
        lanes[0] = fourth + lanes[1];
        lanes[2] = second + lanes[3];
    }

    /// Partial rounds of Poseidon2.
    function poseidon2Internal(Fr[ENTITIES] memory e, Fr[28] memory v) internal pure {
        Fr[4] memory diagonal = poseidon2Diagonal();
        Fr first = fifthPower(e[W_L] + e[Q_L]);
        Fr sum = first + e[W_R] + (e[W_O] + e[W_4]);
        for (uint256 i = 0; i < 4; ++i) {
            Fr lane = i == 0 ? first : e[W_L + i];
            v[24 + i] = e[Q_POSEIDON2_INTERNAL] * (lane * diagonal[i] + sum - e[W_L_SHIFT + i]);
        }
    }

    // ---------------------------------------------------------------------------------- Masking of sumcheck (Libra)

    /// The claimed evaluation is the inner product of the committed coefficients with the powers of the point: a running
    /// sum over a subgroup starts at zero, grows by the products, and ends there.
    function checkSmallSubgroupIpa(bytes calldata proof, Challenges memory c) internal view {
        // The coefficients at r, the running sum at g r and at r, the quotient at r.
        Fr[] memory opened = scalars(proof, LIBRA_OPENINGS, 4);
        Fr claimed = scalar(proof, LIBRA_EVALUATION);
        Fr vanishing = c.r;
        for (uint256 i = 0; i < 8; ++i) {
            vanishing = square(vanishing);
        }
        vanishing = vanishing - ONE;
        (Fr first, Fr last, Fr product) = lagrange(c, vanishing * inverse(Fr.wrap(SUBGROUP)));
        Fr growth = opened[1] - opened[2] - opened[0] * product;
        Fr identity = first * opened[2] + (c.r - Fr.wrap(SUBGROUP_GENERATOR_INVERSE)) * growth;
        identity = identity + last * (opened[2] - claimed);
        if (!(identity == vanishing * opened[3])) revert SmallSubgroupIpa();
    }

    /// The values at r of the Lagrange polynomials of the first and the last element of the subgroup, and the sum of all
    /// times what the coefficients are multiplied with: one, and for each coordinate of the point its powers from 0 to 8.
    /// The value for an element g^i is `scale` / (r g^-i - 1).
    function lagrange(Challenges memory c, Fr scale) internal view returns (Fr first, Fr last, Fr product) {
        uint256 count = 1 + 9 * LOG_ROWS;
        Fr[] memory inverses = new Fr[](count + 1);
        Fr element = c.r;
        for (uint256 i = 0; i < count; ++i) {
            inverses[i] = element - ONE;
            element = element * Fr.wrap(SUBGROUP_GENERATOR_INVERSE);
        }
        inverses[count] = c.r * Fr.wrap(SUBGROUP_GENERATOR) - ONE;
        invertAll(inverses);
        product = inverses[0];
        for (uint256 round = 0; round < LOG_ROWS; ++round) {
            Fr power = ONE;
            for (uint256 i = 1; i <= 9; ++i) {
                product = product + power * inverses[9 * round + i];
                power = power * c.point[round];
            }
        }
        (first, last, product) = (inverses[0] * scale, inverses[count] * scale, product * scale);
    }

    // -------------------------------------------------------------------------- Openings (Gemini, Shplonk and KZG)

    function checkOpening(bytes calldata proof, Challenges memory c, Fr[ENTITIES] memory e) internal view {
        Openings memory o = openings(c);
        Sum memory s = Sum(word(proof, QUOTIENT), word(proof, QUOTIENT + 1), ZERO);
        Fr[] memory weights = batchWeights(c.rho);
        addColumns(proof, weights, o, s);
        Fr batched = ZK ? scalar(proof, MASKING_EVALUATION) : ZERO;
        for (uint256 i = 0; i < ENTITIES; ++i) {
            batched = batched + e[i] * weights[i];
        }
        addFolds(proof, c, o, batched, s);
        if (ZK) addLibra(proof, c, o, s);
        addMultiple(s, 1, 2, s.generator);
        addSent(s, proof, OPENING, c.z);
        Sum memory t = Sum(word(proof, OPENING), Q - word(proof, OPENING + 1), ZERO);
        addPairingPoints(proof, c.weight, s, t);
        if (!cancel(s, t)) revert Pairing();
    }

    function openings(Challenges memory c) internal view returns (Openings memory o) {
        o.powers = new Fr[](LOG_ROWS);
        Fr[] memory d = new Fr[](3 * LOG_ROWS + 2);
        Fr power = c.r;
        for (uint256 l = 0; l < LOG_ROWS; ++l) {
            o.powers[l] = power;
            d[l] = power * (ONE - c.point[l]) + c.point[l];
            d[LOG_ROWS + l] = c.z - power;
            d[2 * LOG_ROWS + l] = c.z + power;
            power = square(power);
        }
        d[3 * LOG_ROWS] = c.r;
        d[3 * LOG_ROWS + 1] = c.z - c.r * Fr.wrap(SUBGROUP_GENERATOR);
        invertAll(d);
        (o.folds, o.plus, o.minus) = (new Fr[](LOG_ROWS), new Fr[](LOG_ROWS), new Fr[](LOG_ROWS));
        Fr nu = ONE;
        for (uint256 l = 0; l < LOG_ROWS; ++l) {
            o.folds[l] = d[l];
            o.plus[l] = d[LOG_ROWS + l] * nu;
            nu = nu * c.nu;
            o.minus[l] = d[2 * LOG_ROWS + l] * nu;
            nu = nu * c.nu;
        }
        (o.rInverse, o.nuEnd, o.shiftedInverse) = (d[3 * LOG_ROWS], nu, d[3 * LOG_ROWS + 1]);
    }

    /// The weights of all columns in their batch; that of the masking polynomial is one.
    function batchWeights(Fr rho) internal pure returns (Fr[] memory weights) {
        weights = new Fr[](ENTITIES);
        Fr power = ZK ? rho : ONE;
        for (uint256 i = 0; i < ENTITIES; ++i) {
            weights[i] = power;
            power = power * rho;
        }
    }

    /// Adds the columns' commitments; those that are also opened one row further down only once.
    function addColumns(bytes calldata proof, Fr[] memory weights, Openings memory o, Sum memory s) internal view {
        Fr unshifted = ZERO - (o.plus[0] + o.minus[0]);
        Fr shifted = ZERO - o.rInverse * (o.plus[0] - o.minus[0]);
        if (ZK) addSent(s, proof, MASKING, unshifted);
        uint256[2 * PRECOMPUTED] memory key = verificationKey();
        for (uint256 i = 0; i < PRECOMPUTED; ++i) {
            addMultiple(s, key[2 * i], key[2 * i + 1], weights[i] * unshifted);
        }
        for (uint256 i = PRECOMPUTED; i < UNSHIFTED; ++i) {
            Fr weight = weights[i] * unshifted;
            if (i < PRECOMPUTED + SHIFTED) {
                weight = weight + weights[i + UNSHIFTED - PRECOMPUTED] * shifted;
            }
            // The prover does not send the commitments in the order of columns.
            uint256 place = uint8(bytes8(hex"0001020507060304")[i - PRECOMPUTED]);
            addSent(s, proof, WITNESS + 2 * place, weight);
        }
    }

    /// Adds the folds: their evaluations at r^(2^l) follow from those at -r^(2^l) and the next fold's.
    function addFolds(bytes calldata proof, Challenges memory c, Openings memory o, Fr value, Sum memory s)
        internal
        view
    {
        for (uint256 l = LOG_ROWS; l > 0;) {
            --l;
            (Fr power, Fr u, Fr negative) = (o.powers[l], c.point[l], scalar(proof, NEGATIVES + l));
            value = (double(power * value) - negative * (power * (ONE - u) - u)) * o.folds[l];
            s.generator = s.generator + value * o.plus[l] + negative * o.minus[l];
            if (l > 0) addSent(s, proof, FOLDS + 2 * (l - 1), ZERO - (o.plus[l] + o.minus[l]));
        }
    }

    /// Adds the three commitments of the masking of sumcheck.
    function addLibra(bytes calldata proof, Challenges memory c, Openings memory o, Sum memory s) internal view {
        Fr[4] memory weights = [o.plus[0], o.shiftedInverse, o.plus[0], o.plus[0]];
        // Two powers of nu are kept for polynomials that these circuits do not have.
        Fr power = o.nuEnd * square(c.nu);
        for (uint256 i = 0; i < 4; ++i) {
            weights[i] = weights[i] * power;
            s.generator = s.generator + weights[i] * scalar(proof, LIBRA_OPENINGS + i);
            power = power * c.nu;
        }
        addSent(s, proof, LIBRA, ZERO - weights[0]);
        addSent(s, proof, LIBRA_COMMITMENTS, ZERO - (weights[1] + weights[2]));
        addSent(s, proof, LIBRA_COMMITMENTS + 2, ZERO - weights[3]);
    }

    /// Adds the pairing points of proofs that the circuit verifies; all zero means that it verifies none.
    function addPairingPoints(bytes calldata proof, Fr weight, Sum memory s, Sum memory t) internal view {
        uint256 any = 0;
        uint256[4] memory coordinates;
        for (uint256 i = 0; i < 4; ++i) {
            (uint256 lower, uint256 upper) = (word(proof, 2 * i), word(proof, 2 * i + 1));
            if (lower >> 136 != 0 || upper >> 120 != 0) revert PairingPoints();
            coordinates[i] = upper << 136 | lower;
            any |= coordinates[i];
        }
        if (any == 0) return;
        if (coordinates[0] | coordinates[1] == 0 || coordinates[2] | coordinates[3] == 0) revert PairingPoints();
        addMultiple(s, coordinates[0], coordinates[1], weight);
        addMultiple(t, coordinates[2], coordinates[3], weight);
    }

    // --------------------------------------------------------------------------------------- Curve and inversions

    /// Adds a multiple of a point of the proof.
    function addSent(Sum memory s, bytes calldata proof, uint256 position, Fr multiple) internal view {
        addMultiple(s, word(proof, position), word(proof, position + 1), multiple);
    }

    /// Adds a multiple of a point.
    function addMultiple(Sum memory s, uint256 x, uint256 y, Fr multiple) internal view {
        bool success;
        assembly ("memory-safe") {
            let start := mload(0x40)
            mstore(start, x)
            mstore(add(start, 0x20), y)
            mstore(add(start, 0x40), multiple)
            success := staticcall(gas(), 7, start, 0x60, start, 0x40)
            mstore(add(start, 0x40), mload(s))
            mstore(add(start, 0x60), mload(add(s, 0x20)))
            success := and(success, staticcall(gas(), 6, start, 0x80, s, 0x40))
        }
        if (!success) revert NotOnCurve();
    }

    /// Whether the pairings of two sums, with the generator and with the secret's point, cancel.
    function cancel(Sum memory s, Sum memory t) internal view returns (bool) {
        uint256[12] memory input = [
            s.x,
            s.y,
            0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2,
            0x1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed,
            0x090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b,
            0x12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa,
            t.x,
            t.y,
            TAU_X_1,
            TAU_X_0,
            TAU_Y_1,
            TAU_Y_0
        ];
        bool success;
        uint256 result;
        assembly ("memory-safe") {
            success := staticcall(gas(), 8, input, 0x180, 0, 0x20)
            result := mload(0)
        }
        return success && result == 1;
    }

    /// The inverse by Fermat's little theorem.
    function inverse(Fr a) internal view returns (Fr result) {
        if (a == ZERO) revert DivisionByZero();
        bool success;
        assembly ("memory-safe") {
            let start := mload(0x40)
            mstore(start, 0x20)
            mstore(add(start, 0x20), 0x20)
            mstore(add(start, 0x40), 0x20)
            mstore(add(start, 0x60), a)
            mstore(add(start, 0x80), sub(R, 2))
            mstore(add(start, 0xa0), R)
            success := staticcall(gas(), 5, start, 0xc0, 0, 0x20)
            result := mload(0)
        }
        if (!success) revert DivisionByZero();
    }

    /// Replaces all elements by their inverses.
    function invertAll(Fr[] memory values) internal view {
        Fr[] memory products = new Fr[](values.length);
        Fr product = ONE;
        for (uint256 i = 0; i < values.length; ++i) {
            products[i] = product;
            product = product * values[i];
        }
        product = inverse(product);
        for (uint256 i = values.length; i > 0;) {
            --i;
            Fr value = values[i];
            values[i] = product * products[i];
            product = product * value;
        }
    }
}
