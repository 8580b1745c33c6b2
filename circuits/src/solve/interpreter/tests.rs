//! The same code on both machines: whatever ours returns is what Noir's returns.

use std::panic::{AssertUnwindSafe, catch_unwind};

use acvm::acir::brillig::{BitSize, HeapVector, IntegerBitSize};
use acvm::brillig_vm::{MemoryValue, VM, VMStatus};
use proptest::prelude::*;

use super::*;

/// Places that code reads and writes, from the frame's start on.
const PLACES: u32 = 6;
const FRAME: u32 = 3;

type Code = Vec<Opcode<FieldElement>>;

/// What Noir's machine returns; none if it fails.
fn noir(code: &Code, arguments: &[FieldElement]) -> Option<Vec<FieldElement>> {
    let run = || {
        let mut machine = VM::new(arguments.to_vec(), code, &Bn254BlackBoxSolver, false, None);
        match machine.process_opcodes() {
            VMStatus::Finished { return_data_offset, return_data_size } => {
                let (start, len) = (return_data_offset as usize, return_data_size as usize);
                let values = machine.get_memory().get(start..start + len)?;
                Some(values.iter().map(MemoryValue::to_field).collect())
            }
            _ => None,
        }
    };
    catch_unwind(AssertUnwindSafe(run)).ok().flatten()
}

fn constant(to: MemoryAddress, bit_size: BitSize, value: u128) -> Opcode<FieldElement> {
    Opcode::Const { destination: to, bit_size, value: value.into() }
}

/// Code between the setting up of a frame and the return of all its places.
fn framed(body: Code) -> Code {
    let u32_of = |place: u32, value: u32| {
        constant(MemoryAddress::direct(place), BitSize::Integer(IntegerBitSize::U32), value.into())
    };
    let mut code = vec![u32_of(0, FRAME)];
    for place in 0..PLACES {
        code.push(constant(MemoryAddress::relative(place), BitSize::Field, 7 + u128::from(place)));
    }
    code.extend(body);
    // Places behind the frame.
    let (pointer, size) = (FRAME + PLACES, FRAME + PLACES + 1);
    code.extend([u32_of(pointer, FRAME), u32_of(size, PLACES)]);
    let return_data =
        HeapVector { pointer: MemoryAddress::direct(pointer), size: MemoryAddress::direct(size) };
    code.push(Opcode::Stop { return_data });
    code
}

fn place() -> impl Strategy<Value = MemoryAddress> {
    (0..PLACES, any::<bool>()).prop_map(|(place, is_relative)| {
        if is_relative { MemoryAddress::relative(place) } else { MemoryAddress::direct(FRAME + place) }
    })
}

fn size() -> impl Strategy<Value = IntegerBitSize> {
    use IntegerBitSize::{U1, U8, U16, U32, U64, U128};
    prop_oneof![Just(U1), Just(U8), Just(U16), Just(U32), Just(U64), Just(U128)]
}

fn any_size() -> impl Strategy<Value = BitSize> {
    prop_oneof![Just(BitSize::Field), size().prop_map(BitSize::Integer)]
}

/// Numbers that fit their size and are often at its ends.
fn number(bit_size: BitSize) -> impl Strategy<Value = u128> {
    let bits = match bit_size {
        BitSize::Field => 128,
        BitSize::Integer(size) => u32::from(size),
    };
    let most = u128::MAX >> (128 - bits);
    prop_oneof![Just(0), Just(1), Just(most), 0..=most.min(40), 0..=most]
}

fn int_opcode() -> impl Strategy<Value = BinaryIntOp> {
    use BinaryIntOp::{Add, And, Div, Equals, LessThan, LessThanEquals, Mul, Or, Shl, Shr, Sub, Xor};
    prop::sample::select(vec![Add, Sub, Mul, Div, Equals, LessThan, LessThanEquals, And, Or, Xor, Shl, Shr])
}

fn field_opcode() -> impl Strategy<Value = BinaryFieldOp> {
    use BinaryFieldOp::{Add, Div, Equals, IntegerDiv, LessThan, LessThanEquals, Mul, Sub};
    prop::sample::select(vec![Add, Sub, Mul, Div, IntegerDiv, Equals, LessThan, LessThanEquals])
}

/// An operation and, before it, constants of the right type, so that most code runs to its end.
fn operation() -> impl Strategy<Value = Code> {
    let of_integers = (int_opcode(), size(), place(), place(), place(), any::<bool>()).prop_flat_map(
        |(op, bit_size, lhs, rhs, destination, has_constants)| {
            let size = BitSize::Integer(bit_size);
            (number(size), number(size)).prop_map(move |(left, right)| {
                let operation = Opcode::BinaryIntOp { destination, op, bit_size, lhs, rhs };
                let constants = [constant(lhs, size, left), constant(rhs, size, right)];
                constants.into_iter().filter(|_| has_constants).chain([operation]).collect()
            })
        },
    );
    let of_fields = (field_opcode(), place(), place(), place())
        .prop_map(|(op, lhs, rhs, destination)| vec![Opcode::BinaryFieldOp { destination, op, lhs, rhs }]);
    let casts = (place(), place(), any_size())
        .prop_map(|(destination, source, bit_size)| vec![Opcode::Cast { destination, source, bit_size }]);
    let constants = (place(), any_size())
        .prop_flat_map(|(to, size)| number(size).prop_map(move |value| vec![constant(to, size, value)]));
    let moves =
        (place(), place()).prop_map(|(destination, source)| vec![Opcode::Mov { destination, source }]);
    let nots = (place(), place(), size())
        .prop_map(|(destination, source, bit_size)| vec![Opcode::Not { destination, source, bit_size }]);
    let choices =
        (place(), place(), place(), place(), 0..2_u128).prop_map(|(to, left, right, condition, bit)| {
            let bit = constant(condition, BitSize::Integer(IntegerBitSize::U1), bit);
            vec![bit, Opcode::ConditionalMov { destination: to, source_a: left, source_b: right, condition }]
        });
    let pointers = (place(), place(), FRAME..FRAME + PLACES + 4, any::<bool>()).prop_map(
        |(at, other, target, is_load)| {
            let pointer = constant(at, BitSize::Integer(IntegerBitSize::U32), target.into());
            let use_it = if is_load {
                Opcode::Load { destination: other, source_pointer: at }
            } else {
                Opcode::Store { destination_pointer: at, source: other }
            };
            vec![pointer, use_it]
        },
    );
    prop_oneof![4 => of_integers, 3 => of_fields, 2 => casts, 2 => constants, 1 => moves, 1 => nots, 1 => choices, 1 => pointers]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn results_are_those_of_noirs_machine(
        bodies in prop::collection::vec(prop::collection::vec(operation(), 0..6), 1..4),
    ) {
        // One machine for all, as a solver has it: nothing of a call is left for the next.
        let mut machine = Machine::default();
        for body in bodies {
            let code = framed(body.concat());
            let function = Function::new(&code).expect("it asks nobody");
            if let Ok(results) = machine.call(&function, &[], PLACES as usize) {
                prop_assert_eq!(Some(results), noir(&code, &[]));
            }
        }
    }
}

#[test]
fn most_code_is_run_here() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut machine = Machine::default();
    let (mut run, mut finished) = (0, 0);
    for _ in 0..500 {
        let code = framed(operation().new_tree(&mut runner).expect("a tree").current());
        if noir(&code, &[]).is_some() {
            finished += 1;
            let function = Function::new(&code).expect("it asks nobody");
            run += usize::from(machine.call(&function, &[], PLACES as usize).is_ok());
        }
    }
    assert!(finished > 300 && run * 100 > finished * 95, "{run} of {finished}");
}

#[test]
fn calls_loops_and_arguments_are_those_of_noirs_machine() {
    let (u32_size, direct) = (IntegerBitSize::U32, MemoryAddress::direct);
    let int = |to: u32, value: u128| constant(direct(to), BitSize::Integer(u32_size), value);
    // Sums its four arguments in a loop, whose step is a function.
    let code: Code = vec![
        int(0, 40),
        int(2, 4),
        int(3, 0),
        Opcode::CalldataCopy {
            destination_address: direct(10),
            size_address: direct(2),
            offset_address: direct(3),
        },
        int(4, 10),
        int(5, 14),
        int(6, 1),
        constant(direct(20), BitSize::Field, 0),
        // 8: the loop.
        Opcode::Call { location: 13 },
        Opcode::BinaryIntOp {
            destination: direct(7),
            op: BinaryIntOp::LessThan,
            bit_size: u32_size,
            lhs: direct(4),
            rhs: direct(5),
        },
        Opcode::JumpIf { condition: direct(7), location: 8 },
        int(8, 20),
        Opcode::Jump { location: 17 },
        // 13: the step.
        Opcode::Load { destination: direct(9), source_pointer: direct(4) },
        Opcode::BinaryFieldOp {
            destination: direct(20),
            op: BinaryFieldOp::Add,
            lhs: direct(20),
            rhs: direct(9),
        },
        Opcode::BinaryIntOp {
            destination: direct(4),
            op: BinaryIntOp::Add,
            bit_size: u32_size,
            lhs: direct(4),
            rhs: direct(6),
        },
        Opcode::Return,
        Opcode::Stop { return_data: HeapVector { pointer: direct(8), size: direct(6) } },
    ];
    let arguments = [5_u128, 6, 7, 800].map(FieldElement::from);
    let function = Function::new(&code).unwrap();
    let mut machine = Machine::default();
    for _ in 0..2 {
        let results = machine.call(&function, &arguments, 1).unwrap();
        assert_eq!(results, [FieldElement::from(818_u128)]);
        assert_eq!(noir(&code, &arguments), Some(results));
    }
    // Too few arguments, and another number of results: Noir's machine says what is wrong.
    assert_eq!(machine.call(&function, &arguments[..3], 1), Err(GaveUp));
    assert_eq!(machine.call(&function, &arguments, 2), Err(GaveUp));
}

#[test]
fn digits_are_those_of_noirs_machine() {
    let direct = MemoryAddress::direct;
    let int =
        |to: u32, size: IntegerBitSize, value: u128| constant(direct(to), BitSize::Integer(size), value);
    for (number, radix, count, is_bits) in [
        (0x1234_5678, 256, 5, 0),
        (300, 10, 3, 0),
        (5, 2, 4, 1),
        (5, 2, 2, 1),
        (u128::MAX, 16, 32, 0),
        (9, 257, 2, 0),
    ] {
        let code: Code = vec![
            int(0, IntegerBitSize::U32, 50),
            constant(direct(2), BitSize::Field, number),
            int(3, IntegerBitSize::U32, radix),
            int(4, IntegerBitSize::U32, 10),
            int(5, IntegerBitSize::U32, count),
            int(6, IntegerBitSize::U1, is_bits),
            Opcode::BlackBox(acvm::acir::brillig::BlackBoxOp::ToRadix {
                input: direct(2),
                radix: direct(3),
                output_pointer: direct(4),
                num_limbs: direct(5),
                output_bits: direct(6),
            }),
            Opcode::Stop { return_data: HeapVector { pointer: direct(4), size: direct(5) } },
        ];
        let count = usize::try_from(count).unwrap();
        let results = Machine::default().call(&Function::new(&code).unwrap(), &[], count);
        assert_eq!(results.ok(), noir(&code, &[]), "{number} by {radix}");
    }
}
