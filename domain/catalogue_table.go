package domain

// The PLOVER columns follow the manual's rules that SUPPORT covers to finalize
// and sign an agreement, AGREE covers promises, CONCEDE a declared ceasefire;
// the CAMEO ones are the nearest code of the CAMEO2PLOVER table of 2021.
// Pure comment is not an event in either, so those columns stay empty.
var catalogue = []Spec{
	control[NegotiationRegistered]("registry", "A negotiation gets its title and time zone."),
	control[ActorRegistered]("registry", "An actor gets its id, name and aliases."),
	control[IssueRegistered]("registry", "An issue gets its id and proposition."),
	control[CeasefireRegistered]("registry", "A ceasefire gets its id and parties."),
	control[SourceGraded]("registry", "A source gets a dated Admiralty grade."),
	control[LensRegistered]("registry", "A lens gets its name and expression."),

	spec[RoundOpened]("rounds", "A round of talks took place or began.", Plover{"CONSULT", "third-party"}, "046"),
	spec[SessionHeld]("rounds", "A sitting of a round took place.", Plover{"CONSULT", "third-party"}, "046"),
	spec[RoundConcluded]("rounds", "A round ended, with its outcome.", Plover{}, ""),
	spec[ProcessStatusDeclared]("rounds", "Somebody says how the whole process stands.", Plover{}, ""),

	spec[DelegationComposed]("delegations", "Who sat for a party.", Plover{}, ""),
	spec[MandateStated]("delegations", "What a delegation may bind itself to.", Plover{}, ""),
	spec[InstructionReceived]("delegations", "A delegation got directions.", Plover{"CONSULT", "phone"}, "041"),

	spec[AgendaSet]("agenda and positions", "What the talks are about.", Plover{}, ""),
	spec[DemandMade]("agenda and positions", "A party demands something.", Plover{"REQUEST", "change"}, "100"),
	spec[PositionStated]("agenda and positions", "A party says where it stands.", Plover{}, ""),
	spec[PositionShifted]("agenda and positions", "A party changed where it stands.", Plover{}, ""),

	spec[ProposalTabled]("proposals and assurances", "A party made a proposal.", Plover{"REQUEST", "change"}, "102"),
	spec[ProposalAnswered]("proposals and assurances", "A party answered a proposal.", Plover{"REJECT", "change"}, "120"),
	spec[AssuranceGiven]("proposals and assurances", "A party gave an assurance.", Plover{"AGREE", ""}, "030"),
	spec[AssuranceRefused]("proposals and assurances", "A party refused an assurance.", Plover{"REJECT", "change"}, "120"),

	spec[DraftRevised]("drafts", "A version of a text was tabled.", Plover{"CONSULT", ""}, "046"),
	spec[DraftFinalized]("drafts", "The wording of a text was closed.", Plover{"SUPPORT", ""}, "057"),
	spec[ConfirmationSought]("drafts", "A party asked another whether it stands by a text.", Plover{"REQUEST", "change"}, "102"),
	spec[VerbalConfirmationGiven]("drafts", "A party said yes to a text.", Plover{"AGREE", ""}, "030"),
	spec[CommitmentRetracted]("drafts", "A party took back what it had agreed to.", Plover{"REJECT", "change"}, "120"),
	spec[AgreementSigned]("drafts", "A party signed a text.", Plover{"SUPPORT", ""}, "057"),
	spec[SignatureDeclined]("drafts", "A party did not sign a text.", Plover{"REJECT", "change"}, "127"),
	spec[RatificationDecided]("drafts", "A body at home decided on a text.", Plover{"SUPPORT", ""}, ""),

	spec[EvidencePresented]("evidence", "A party showed evidence.", Plover{}, ""),
	spec[EvidenceAcknowledged]("evidence", "A party acknowledged evidence, a concern or a demand, or declined to.", Plover{}, ""),

	spec[MediatorActed]("voices", "What a mediator did, or is said to think.", Plover{"CONSULT", "third-party"}, "045"),
	spec[StatementIssued]("voices", "Somebody spoke.", Plover{}, ""),
	spec[AccusationMade]("voices", "Somebody accused somebody.", Plover{"ACCUSE", "allege"}, "112"),
	spec[ThreatIssued]("voices", "Somebody announced harm.", Plover{"THREATEN", "violence"}, "130"),
	spec[ThanksExpressed]("voices", "Somebody thanked somebody.", Plover{"SUPPORT", ""}, "051"),

	spec[CeasefireStatusDeclared]("ground", "Somebody says how a ceasefire stands.", Plover{"CONCEDE", ""}, "0871"),
	spec[IncidentReported]("ground", "Violence or tension is reported.", Plover{}, ""),
	spec[ObligationInvoked]("ground", "Somebody is held to a promise.", Plover{"REQUEST", "yield"}, "105"),

	spec[AssessmentMade]("analysis", "Somebody judges what is or will be.", Plover{}, ""),

	control[EventsLinked]("record-keeping", "Events of the record are related to each other."),
	control[EventCorrected]("record-keeping", "An event of the record is repaired."),
	control[EventWithdrawn]("record-keeping", "An event of the record is withdrawn."),

	control[BranchOpened]("branches", "A branch is opened."),
	grown(control[BranchDropped]("branches", "A branch is dropped."), 2),
}

func (NegotiationRegistered) act()   {}
func (ActorRegistered) act()         {}
func (IssueRegistered) act()         {}
func (CeasefireRegistered) act()     {}
func (SourceGraded) act()            {}
func (LensRegistered) act()          {}
func (RoundOpened) act()             {}
func (SessionHeld) act()             {}
func (RoundConcluded) act()          {}
func (ProcessStatusDeclared) act()   {}
func (DelegationComposed) act()      {}
func (MandateStated) act()           {}
func (InstructionReceived) act()     {}
func (AgendaSet) act()               {}
func (DemandMade) act()              {}
func (PositionStated) act()          {}
func (PositionShifted) act()         {}
func (ProposalTabled) act()          {}
func (ProposalAnswered) act()        {}
func (AssuranceGiven) act()          {}
func (AssuranceRefused) act()        {}
func (DraftRevised) act()            {}
func (DraftFinalized) act()          {}
func (ConfirmationSought) act()      {}
func (VerbalConfirmationGiven) act() {}
func (CommitmentRetracted) act()     {}
func (AgreementSigned) act()         {}
func (SignatureDeclined) act()       {}
func (RatificationDecided) act()     {}
func (EvidencePresented) act()       {}
func (EvidenceAcknowledged) act()    {}
func (MediatorActed) act()           {}
func (StatementIssued) act()         {}
func (AccusationMade) act()          {}
func (ThreatIssued) act()            {}
func (ThanksExpressed) act()         {}
func (CeasefireStatusDeclared) act() {}
func (IncidentReported) act()        {}
func (ObligationInvoked) act()       {}
func (AssessmentMade) act()          {}
func (EventsLinked) act()            {}
func (EventCorrected) act()          {}
func (EventWithdrawn) act()          {}
func (BranchOpened) act()            {}
func (BranchDropped) act()           {}
